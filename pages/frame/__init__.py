"""What every page shares: navigation, sentence, controls, and the forward pass that they ask for."""
