// What tests know of digits.
export const classes = 10;

/** The accuracy of a guess. */
export const chance = 1 / classes;
