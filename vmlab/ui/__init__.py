"""The screens: widgets that draw views of a session and post commands to it.

Nothing is imported here, so that `import vmlab.ui` costs nothing; `vmlab.ui.app` is the entrance.
"""
