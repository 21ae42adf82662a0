"""Rules that the user brings: functions in Python or C that come with their own derivative."""
