"""The app's one entry point: `streamlit run app.py`."""

from pages.frame.address_bar import keep_settings_in_address
from pages.frame.guard import frame
from pages.frame.known_address import renew_known_address
from pages.frame.link import repair_link
from pages.frame.navigation import menu, navigation
from pages.frame.notices import show_notices
from pages.frame.page_change import carry_settings
from pages.frame.redraw import collected
from pages.frame.sentence_bar import sentence_bar
from pages.frame.sidebar import sidebar
from pages.frame.warm_start import warm_start

warm_start()
page = navigation()
renew_known_address()
repair_link()
carry_settings(page.url_path)
show_notices()
menu()
sentence_bar()
place_of_sizes = sidebar()
keep_settings_in_address(page.title)

with frame(), collected() as parts:
    page.run()
parts.draw(place_of_sizes)
