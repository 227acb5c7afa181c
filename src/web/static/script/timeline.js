// The additional script of pages with a timeline: its cursor, the form of its range, and the dialog of a mute.

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
 * It may be called again, for a page that replaces the shown one.
 * @param {Document} page
 */
export function enhance(page) {
  addCursors(page);
  showFields(page);
}
