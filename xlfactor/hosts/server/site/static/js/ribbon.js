// The ribbon only opens the task pane: it runs no script.
