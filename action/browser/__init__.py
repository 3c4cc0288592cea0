"""Makes the visits that a contract asks for, in an isolated Chromium."""
