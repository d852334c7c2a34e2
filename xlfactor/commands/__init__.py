"""The commands, one file a topic; a new file here is found by itself. Heavy imports wait for their command."""
