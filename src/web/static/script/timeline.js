// What pages with a timeline need beside the others: its cursor, the form of its range, and the dialog of a mute.

import { followFields, showFields } from './between.js';
import { addCursors, followCursors } from './cursor.js';
import { openDialogs } from './dialog.js';

/** Once for each page. */
export function follow() {
  followCursors();
  followFields();
  openDialogs();
}

/**
 * It may be called again, for a page that takes the place of the one that is shown.
 * @param {Document} page
 */
export function enhance(page) {
  addCursors(page);
  showFields(page);
}
