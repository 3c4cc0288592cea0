"""An evaluation server: sends tasks, records every callback, and says what is wrong with one."""
