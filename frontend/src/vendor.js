// Extensions of htmx register themselves with the global one, so it has to stand before they are read.
import htmx from "htmx.org";

window.htmx = htmx;

export default htmx;
