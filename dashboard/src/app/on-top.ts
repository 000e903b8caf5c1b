/**
 * Whether a dialog or a menu is open: keys are theirs then. To be asked while a key is still on its way down (a listener
 * with `capture`), or the one that Escape has just closed is gone already.
 */
export const isSomethingOnTop = (): boolean => document.querySelector('[role="dialog"], [role="menu"]') !== null
