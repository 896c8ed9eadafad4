"""What graders run students' programs against: machines, guests and judges."""
