"""What a lesson's cells call: `begin` gives the lesson, which shows, asks, observes and checks.

The same cells run in Jupyter, in JupyterLite, without any screen (tests), and on the site's page
for the lesson (`vmlab.ui.lesson.app`). Panel is imported when something is shown, not before.
"""

from vmlab.ui.lesson.run import LessonRun, begin

__all__ = ["LessonRun", "begin"]
