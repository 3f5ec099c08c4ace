/**
 * The version of the layout of what is stored: of keys, fields and records. A change that a state manager of the version
 * before cannot read, or would write otherwise, takes the next number. 0: what was stored before layouts had a version.
 */
export const layoutVersion = 5;
