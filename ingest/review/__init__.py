"""What a person does after the machine: the work list and its corrections, samples for acceptance, reading weak pages again."""
