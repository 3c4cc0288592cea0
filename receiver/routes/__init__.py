"""One file for each thing that the receiver does when it is asked."""
