"""What `check` looks for in tables that can be read: labels, dates, layout, and what shows when tables meet."""
