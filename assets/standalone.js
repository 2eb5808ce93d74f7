// What the app is to a view, in a file: it hands over the numbers, and again when light and dark change.

const bytes = Uint8Array.from(atob(document.getElementById("data").textContent), (sign) => sign.charCodeAt(0));
const show = () => showView({ parentElement: document.getElementById("view"), data: bytes, setStateValue() {} });
matchMedia("(prefers-color-scheme: dark)").onchange = show;
show();
