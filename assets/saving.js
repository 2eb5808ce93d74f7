// What is chosen on a view is known in the browser first. Whoever saves the view lets the server know, and the button is
// pressed again as soon as the server has answered.

let told; // what the server was told, until it answers

export default function ({ data, setStateValue }) {
	const place = document.querySelector(data.place);
	if (!place) return; // the page was turned since
	place.onclick = (event) => {
		const chosen = JSON.stringify(globalThis[data.name] ?? null);
		if (chosen === data.chosen) return;
		event.stopPropagation();
		told = chosen;
		setStateValue("chosen", chosen);
	};
	if (told !== data.chosen) return;
	told = undefined;
	setTimeout(() => place.querySelector("button")?.click());
}
