// What a page can do besides being read: be light or dark and as large as its reader likes, tell the day, show a video,
// be handed on. Nothing needs it.
{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  // A browser may refuse to keep anything; then a choice holds for this page.
  const kept = (name) => {
    try { return localStorage.getItem(name); } catch { return null; }
  };
  const keep = (name, value) => {
    try { value ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch {}
  };

  const wear = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  const prepareSwitch = (button) => {
    const show = () => button.setAttribute("aria-pressed", isDark());
    button.addEventListener("click", () => {
      const wanted = isDark() ? "light" : "dark";
      const same = (wanted === "dark") === system.matches;  // who wants what the system has, follows it again
      keep("theme", same ? null : wanted);
      wear(same ? null : wanted);
      show();
    });
    system.addEventListener("change", show);
    addEventListener("storage", () => { wear(kept("theme")); show(); });
    show();
    button.hidden = false;
  };

  const SMALLEST = -1, LARGEST = 4;
  const size = () => Math.max(SMALLEST, Math.min(LARGEST, Math.round(kept("size")) || 0));
  const grow = (steps) => root.style.setProperty("--zoom", 1.125 ** steps);

  const prepareSize = (group) => {
    let now = size();
    const buttons = group.querySelectorAll("button");
    const show = () => buttons.forEach((each) => {
      each.disabled = now === (each.value > 0 ? LARGEST : SMALLEST);
    });
    buttons.forEach((each) => each.addEventListener("click", () => {
      now += Number(each.value);
      keep("size", now);
      grow(now);
      show();
    }));
    show();
    group.hidden = false;
  };

  // The day where the newspaper is, whatever the reader's clock is set to.
  const tellDay = (place) => {
    const { zone, month } = place.dataset;
    try {
      place.textContent = new Intl.DateTimeFormat(root.lang, {
        weekday: "long", day: "2-digit", month, year: "numeric", timeZone: zone,
      }).format();
      place.hidden = false;
    } catch {}  // a zone that this browser does not know
  };

  const prepareShare = (part) => {
    const copy = part.querySelector("[data-copy]"), more = part.querySelector("[data-share]");
    if (copy && navigator.clipboard) {
      copy.hidden = false;
      copy.addEventListener("click", () => navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        part.querySelector("[role=status]").textContent = copy.textContent = copy.dataset.done;
      }, () => {}));
    }
    if (more && navigator.share) {
      more.hidden = false;
      more.addEventListener("click", () => {
        navigator.share({ title: document.title, url: more.dataset.share }).catch(() => {});
      });
    }
  };

  // Nothing is asked of another host before this click; one that opens a tab is left to the browser.
  addEventListener("click", (event) => {
    const link = event.target.closest("a[data-player]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const frame = document.createElement("iframe"), source = new URL(link.dataset.player);
    source.searchParams.set("autoplay", "1");
    Object.assign(frame, { src: source, title: link.textContent, allow: "autoplay; fullscreen; picture-in-picture" });
    link.replaceWith(frame);
    frame.focus();
  });

  const prepare = () => {
    document.querySelectorAll(".dateline").forEach(tellDay);
    document.querySelectorAll(".switch").forEach(prepareSwitch);
    document.querySelectorAll(".size").forEach(prepareSize);
    document.querySelectorAll(".share").forEach(prepareShare);
  };

  wear(kept("theme"));
  grow(size());
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", prepare);
  else prepare();
}
