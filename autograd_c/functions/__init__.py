"""What is made of recorded operations, with its documentation: functions on arrays, by subject."""
