// Looks at the page again whenever the preview changed, and reloads only if this very page did. A style sheet
// that has another address is put in the place of the old one, without a reload.
(() => {
  const sheets = (text) => text.replace(/(\.css\?v=)[0-9a-f]+/g, "$1");
  const mark = / data-generation="(\d+)"/;
  const served = document.currentScript.dataset.generation;
  const look = async () => {
    const text = await (await fetch(location.href, { cache: "no-store" })).text();
    return { text: text.replace(mark, ""), generation: (mark.exec(text) || [])[1] };
  };
  const swap = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const links = [...document.querySelectorAll('link[rel="stylesheet"]')];
    page.querySelectorAll('link[rel="stylesheet"]').forEach((link, index) => {
      if (links[index] && links[index].getAttribute("href") !== link.getAttribute("href")) {
        links[index].setAttribute("href", link.getAttribute("href"));
      }
    });
  };
  let shown;
  let seen;
  const check = async () => {
    const { text, generation } = await look();
    if (shown === undefined && generation !== served) {
      location.reload(); // the preview changed before this page listened: what it looked like nobody knows any more
    } else if (shown === undefined || text === shown) {
      shown = text;
    } else if (sheets(text) === sheets(shown)) {
      shown = text;
      swap(text);
    } else {
      location.reload();
    }
  };
  const events = new EventSource("/_ptnews/events");
  events.onmessage = (event) => {
    if (event.data !== seen) {
      seen = event.data;
      check().catch(() => {});
    }
  };
  addEventListener("pagehide", () => events.close());
})();
