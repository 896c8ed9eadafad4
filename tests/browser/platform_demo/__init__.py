"""A small app that shows the site's platform alone: a pane, a component, a button, a busy loop."""
