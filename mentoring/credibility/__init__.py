"""How far the results can be trusted: simulated worlds with known truth, influence, other specifications, design analysis."""
