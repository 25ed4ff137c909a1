// Keeps an open page as the preview has it. Whenever the preview's counter moves, it asks what changed since this
// page was made. If the page did, or a file that it shows, it reloads; a style sheet is fetched again without that.
(() => {
  const own = "/_ptnews/";
  const { page, generation: made } = document.currentScript.dataset;
  let generation = made;

  // Until there is an answer: the preview may be about to replace this very page, or to be started again.
  const ask = async (address) => {
    for (;;) {
      try {
        const answer = await fetch(address, { cache: "no-store" });
        if (answer.status !== 503) return answer;
      } catch {
        // nobody listens
      }
      await new Promise((go) => setTimeout(go, 1000));
    }
  };
  const reload = async () => {
    await ask(location.href);
    location.reload();
  };
  const path = (address) => {
    const { pathname } = new URL(address, location.href);
    try {
      return decodeURIComponent(pathname);
    } catch {
      return pathname;
    }
  };
  const shown = () => {
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    return new Set(loaded.filter((address) => address.startsWith(`${location.origin}/`)).map(path));
  };
  const isOther = async () => {
    const text = await (await ask(location.href)).text();
    const script = new DOMParser().parseFromString(text, "text/html").querySelector(`script[src="${own}reload.js"]`);
    return !script || script.dataset.page !== page;
  };

  const check = async () => {
    const query = new URLSearchParams({ since: generation, page: location.pathname });
    const told = await (await ask(`${own}changed?${query}`)).json();
    if (!told.files) return reload(); // it was started again: nobody knows
    const loaded = shown();
    const files = told.files.filter((file) => loaded.has(file));
    const sheets = [...document.querySelectorAll('link[rel~="stylesheet"]')];
    const stale = sheets.filter((sheet) => files.includes(path(sheet.href)));
    const isStale = (file) => stale.some((sheet) => path(sheet.href) === file);
    if (!files.every(isStale) || (told.page && (await isOther()))) return reload();
    stale.forEach((sheet) => {
      const address = new URL(sheet.href);
      address.searchParams.set("ptnews", told.generation);
      sheet.href = address.href;
    });
    generation = String(told.generation);
  };

  let due = false;
  let busy = false;
  const hear = async ({ data }) => {
    due ||= data !== generation;
    if (busy) return;
    busy = true;
    while (due) {
      due = false;
      await check().catch(() => {});
    }
    busy = false;
  };

  if (window.SharedWorker) {
    const { port } = new SharedWorker(`${own}events.js`);
    port.onmessage = hear;
    addEventListener("pagehide", () => port.postMessage("gone"));
  } else {
    const events = new EventSource(`${own}events`);
    events.onmessage = hear;
    addEventListener("pagehide", () => events.close());
  }
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
})();
