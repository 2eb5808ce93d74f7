"""Charts: numbers in, Plotly figure out; pure functions that know neither the encoder nor the page they stand on."""
