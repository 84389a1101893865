// Numbers, times and names as a person reads them.

const LOCALE = "en";

const counts = new Intl.NumberFormat(LOCALE);
const languageNames = new Intl.DisplayNames(LOCALE, {
  type: "language",
  fallback: "code",
});
const plurals = new Intl.PluralRules(LOCALE);

/** 684760 → 684,760 */
export function count(value: number): string {
  return counts.format(value);
}

/** "1 voice", "2 voices". */
export function plural(value: number, one: string, other: string): string {
  return `${count(value)} ${plurals.select(value) === "one" ? one : other}`;
}

/** Seconds as a clock: 0:07, 11:20, 1:02:03. Part of a second is not shown. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0
    ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}`
    : `${minutes}:${rest}`;
}

/** Seconds as they are said: "1 minute 5 seconds". */
export function spokenTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ] as const;
  const said = parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => plural(value, unit, `${unit}s`));
  return said.length > 0 ? said.join(" ") : plural(0, "second", "seconds");
}

/** Seconds as a rough time: "5 min", "3 h 10 min". */
export function duration(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** 1234567 → 1.2 MB */
export function bytes(value: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(LOCALE, {
    style: "unit",
    unit: units[unit]!,
    maximumFractionDigits: rest < 10 && unit > 0 ? 1 : 0,
  }).format(rest);
}

/** US dollars. Below a dime three decimals are shown, because a sentence costs less than a cent. */
export function money(dollars: number): string {
  const decimals = dollars > 0 && dollars < 0.1 ? 3 : 2;
  if (dollars > 0 && dollars < 0.001) return "< $0.001";
  return `$${dollars.toLocaleString(LOCALE, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}`;
}

/** `en` → English, `pt-BR` → Brazilian Portuguese; a code nobody knows stays a code. */
export function languageName(code: string): string {
  try {
    return languageNames.of(code) ?? code;
  } catch {
    return code;
  }
}

/** `2026-09` → September 2026 */
export function monthName(month: string): string {
  const [year, number] = month.split("-").map(Number);
  if (!year || !number) return month;
  return new Date(Date.UTC(year, number - 1, 1)).toLocaleDateString(LOCALE, {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** The service counts Unicode scalar values, not UTF-16 units. */
export function characterCount(text: string): number {
  let total = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const next = text.charCodeAt(index + 1);
    if (unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
      index += 1;
    }
    total += 1;
  }
  return total;
}

/** `sophie` → Sophie */
export function capitalised(word: string): string {
  return word.charAt(0).toLocaleUpperCase(LOCALE) + word.slice(1);
}
