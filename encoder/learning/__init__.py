"""How parameters and vocabularies are learnt: tasks, training, and the scripts that made the shipped assets."""
