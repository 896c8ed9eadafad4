"""The words of the Share dialog: the page fills in what stands in braces."""

from __future__ import annotations

from typing import Any

from vmlab.ui.i18n import t


def words() -> dict[str, Any]:
    """All of them, in the user's language."""
    return {
        "button": t("Share"),
        "hint": t("Copy a link to this place, and see what is kept on this device"),
        "title": t("Share and keep"),
        "close": t("Close"),
        "link": t("A link to this place"),
        "copy": t("Copy the link"),
        "copied": t("Copied."),
        "not_copied": t("The browser did not let us copy: the link is selected, copy it yourself."),
        "save": t("Save the run as a file"),
        "lacks": t("The file has all of it:"),
        "kept": t("Kept on this device"),
        "nothing": t("Nothing yet. Files that you open, assembly that you write and the run where "
                     "it stood are kept here by themselves."),
        "columns": [t("Name"), t("What it is"), t("Size"), t("Changed")],
        "kinds": {"text": t("assembly"), "file": t("file"), "run": t("saved run"),
                  "last": t("where a tab stood")},
        "open": t("Open"),
        "rename": t("Rename"),
        "export": t("Export"),
        "delete": t("Delete"),
        "deleted": t("Deleted {name}."),
        "undo": t("Undo"),
        "export_all": t("Export all"),
        "import": t("Import"),
        "imported": t("Imported: {n}."),
        "privacy": t("Nothing leaves this page: all of this is in this browser, on this device."),
        "used": t("{used} MB of about {all} MB that the browser grants are in use."),
        "offer": t("Go on where you were? {name} at #{position}, {when}."),
        "go_on": t("Go on"),
        "not_now": t("Not now"),
        "both": t("Another tab saved {name} meanwhile. Both are kept: this one is {copy} now."),
        "elsewhere": t("Another tab has saved a newer {name}. What you write here is kept beside "
                       "it."),
        "saved": t("Kept on this device as {name}."),
        "new_name": t("A new name for {name}"),
        "done": t("Done"),
        "errors": {
            "full": t("Expected room for {name} ({size} MB), found the browser's storage full. "
                      "Nothing was lost: export what matters, delete what does not, and it is kept "
                      "again."),
            "blocked": t("Expected storage on this device, found it blocked (a private window, or "
                         "a setting of the browser). Everything works; export what matters before "
                         "you leave."),
            "newer": t("Expected kept things of version {expected}, found version {found}: another "
                       "tab has a newer page. Reload; until then they can be opened and exported, "
                       "not changed."),
            "waiting": t("Expected to open what is kept here, found another tab in the way. Close "
                         "or reload the other tabs of this site."),
            "closed": t("Expected to keep {name}, found the storage closed: another tab has a "
                        "newer page. Export what matters, then reload."),
            "damaged": t("Expected a name and a content, found damage. Export gives what is left "
                         "of it."),
            "gone": t("Expected {name}, found it gone: another tab has deleted it."),
            "too_large": t("Expected a file of at most {limit} MB, found {name} with {size} MB."),
            "zip": t("{name}: expected what Export all has made, found {found}."),
            "other": t("Expected the browser to keep {name}, found: {found}"),
            "loading": t("Expected the page's own files, found no answer: sharing and keeping need "
                         "them. Check the connection, then reload."),
        },
        "found": {
            "no_zip": t("no zip file"),
            "cut": t("a damaged zip file"),
            "method": t("a packing that is not known"),
            "large": t("more than {limit} MB inside"),
            "many": t("more than {limit} files inside"),
            "manifest": t("no manifest of vmlab/kept/1"),
            "newer_zip": t("a manifest of a newer version, {schema}"),
            "missing": t("a file of the manifest missing"),
            "sum": t("a file whose checksum is wrong"),
        },
    }  # fmt: skip
