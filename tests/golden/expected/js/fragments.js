// Puts the parts that change often in the place of the links to them. Without this script the links remain.
for (const link of document.querySelectorAll("a.fragment")) {
  fetch(link.href)
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((html) => {
      const part = document.createElement("template");
      part.innerHTML = html;
      link.replaceWith(part.content);
    })
    .catch(() => {}); // the link still leads there
}
