// What a page can do besides being read: be light or dark as its reader likes, and be handed on. Nothing needs it.
{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  // A browser may refuse to keep anything; then the choice holds for this page.
  const kept = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const keep = (theme) => {
    try { theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme"); } catch {}
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
      keep(same ? null : wanted);
      wear(same ? null : wanted);
      show();
    });
    system.addEventListener("change", show);
    addEventListener("storage", () => { wear(kept()); show(); });
    show();
    button.hidden = false;
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

  const prepare = () => {
    document.querySelectorAll(".switch").forEach(prepareSwitch);
    document.querySelectorAll(".share").forEach(prepareShare);
  };

  wear(kept());
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", prepare);
  else prepare();
}
