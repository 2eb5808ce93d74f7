// Writes parameters into the address, over those of the same names; one without a value is left out. A host page that
// shows the app in a frame is told.
function writeAddress(own) {
	const pairs = location.search.slice(1).split("&").filter((pair) => pair && !(pair.split("=")[0] in own));
	for (const name in own) if (own[name]) pairs.push(`${name}=${own[name]}`);
	const search = pairs.length ? `?${pairs.join("&")}` : "";
	if (search === location.search) return;
	history.replaceState(history.state, "", location.pathname + search + location.hash);
	parent.postMessage({ stCommVersion: 1, type: "SET_QUERY_PARAM", queryParams: search }, "*");
}
