"""What graders drive: machines and models around a student's functions, one file an exercise."""
