"""What graders stand on: machines that a student's functions are tried on. One module an exercise;
each lesson's `grade.py` says what is checked, and in which order."""
