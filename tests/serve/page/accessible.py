"""What must hold of the page in every state: it fits, has names, and can be read and hit."""


def is_accessible(page, viewport):
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(TOLD_BADLY) == []
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(TOO_FAINT) == []


NAMELESS = """() => {
    const named = e => e.ariaLabel || e.labels?.[0]?.textContent.trim() || e.textContent.trim()
        || e.alt || e.querySelector("img")?.alt
        || (e.tagName === "IMG" && e.closest("label, button"));
    return [...document.querySelectorAll("button, a, input, select, summary, [role=group], img")]
        .filter(e => (e.checkVisibility() || e.type === "file") && !named(e))
        .map(e => e.outerHTML);
}"""
TOLD_BADLY = """() => [...document.querySelectorAll("[aria-describedby]")].filter(e => {
    const text = document.getElementById(e.getAttribute("aria-describedby"));
    return text === null || text.closest("label") !== null;
}).map(e => e.outerHTML)"""
"""A description that is not there, or inside a label: read aloud as the name, and once more."""
TOO_SMALL = """() => [
    ...document.querySelectorAll("button, a.button, select, summary"),
    ...document.querySelectorAll("input:not([type=checkbox], [type=range])"),
].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
 .map(e => e.outerHTML)"""
"""Targets are 44 pixels high; a check box has its label's height."""
TOO_FAINT = """() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255)
        + 0.0722 * linear(b / 255);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const [r, g, b, a = 1] = parse(getComputedStyle(e).backgroundColor);
            if (a > 0) return [r, g, b];
        }
        return [255, 255, 255];
    };
    const hasText = e => ["SELECT", "INPUT"].includes(e.tagName)
        || [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const counts = e => hasText(e) && e.checkVisibility()
        && !e.matches(":disabled, .unseen, .skip, option");
    return [...document.querySelectorAll("body *")].filter(counts).map(e => {
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 100)];
    }).filter(([ratio]) => ratio < 4.5);
}"""
"""Text whose contrast is below 4.5, by WCAG 2.2's definition (relative luminance)."""
