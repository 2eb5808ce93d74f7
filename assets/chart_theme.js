// Asks for a new run when the visitor switches between light and dark: a Plotly chart keeps the colours it began with.

const backgrounds = new WeakMap();

function followTheme({ parentElement, setStateValue }) {
	const background = getComputedStyle(parentElement.host ?? parentElement).getPropertyValue("--st-background-color");
	if (backgrounds.has(parentElement) && backgrounds.get(parentElement) !== background)
		setStateValue("background", background);
	backgrounds.set(parentElement, background);
}
