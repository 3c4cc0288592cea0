"""An evaluation server for instructors: sends tasks to a class, takes callbacks, checks, grades and reports."""
