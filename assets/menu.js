// What Streamlit's page links lack: a landmark, a mark on the page that is open, and a menu that makes way on a phone.
function keepMenu(sidebar, page) {
	const menu = sidebar.querySelector(".st-key-menu");
	menu.role = "navigation";
	menu.ariaLabel = "Pages";
	for (const link of menu.querySelectorAll("a")) link.ariaCurrent = link.querySelector("p").textContent === page ? "page" : null;
	menu.onclick = ({ target }) => {
		if (target.closest("a") && matchMedia("(max-width: 767px)").matches) setTimeout(() => fold(sidebar));
	};
}

function fold(sidebar) {
	if (sidebar.dataset.collapsed === "false") sidebar.querySelector("[data-testid=stSidebarCollapseButton] button").click();
}
