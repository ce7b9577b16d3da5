// How hard a new password is to guess, roughly; the server's own judgement counts.
const COMMON = /pass|word|qwert|asdf|abc|letmein|welcome|admin|login|iloveyou|monkey|dragon|master|hallo|passwort/gi;

function strength(password) {
  // What is common, repeated or in sequence counts as one character.
  let kept = password.replace(COMMON, "x").replace(/(.)\1+/g, "$1");
  kept = [...kept].filter((c, i, all) => {
    const step = i > 0 ? c.codePointAt(0) - all[i - 1].codePointAt(0) : 9;
    return Math.abs(step) !== 1;
  });
  const different = new Set(kept).size;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((k) => k.test(password));
  const bits = Math.min(kept.length, different * 2) * (1.6 + kinds.length * 0.7);
  if ([...password].length < 8) return 1;
  return bits < 20 ? 1 : bits < 32 ? 2 : bits < 48 ? 3 : 4;
}

for (const part of document.querySelectorAll(".meter")) {
  const names = part.dataset.for.split(" ");
  const field = names.map((n) => document.getElementById(n)).find((found) => found);
  if (!field) continue;
  const meter = part.querySelector("meter");
  const said = part.querySelector("[role=status]");
  field.addEventListener("input", () => {
    const level = strength(field.value);
    part.hidden = field.value === "";
    meter.value = level;
    const { weak, fair, good } = said.dataset;
    const text = level < 2 ? weak : level < 4 ? fair : good;
    if (said.textContent !== text) said.textContent = text;
  });
}
