"""The kernel writes its settings of indexes here. Nobody reads them: there are none to ask."""
