"""Derivatives of functions, as functions: what is called with a function and gives one."""
