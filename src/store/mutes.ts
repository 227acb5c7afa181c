import type { Acknowledgement, AcknowledgementRefusal } from '../domain/acknowledgement.ts';
import type { Actor } from '../domain/action.ts';
import type { Mute, MuteTerms } from '../domain/mute.ts';
import type { MuteRefusal } from '../domain/mute-plan.ts';

interface By {
  readonly actor: Actor;
}

/** The result of making, changing or ending a mute. */
export type MuteOutcome =
  | { readonly kind: 'done'; readonly mute: Mute }
  | { readonly kind: 'refused'; readonly reason: MuteRefusal };

/** The result of an acknowledgement. `isNew`: nobody worked on the incident before. */
export type AcknowledgementOutcome =
  | { readonly kind: 'done'; readonly acknowledgement: Acknowledgement; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly reason: AcknowledgementRefusal };

/** Reads mutes and acknowledgements, including those that are over. */
export interface MuteQueries {
  /** All stored mutes, the newest first. A mute that is over is stored for a year. */
  everyMute(): Promise<readonly Mute[]>;

  /** Undefined if there is none with that id. */
  muteById(id: number): Promise<Mute | undefined>;

  /**
   * The acknowledgement of an incident; undefined if nobody works on it. Refused if there is no such incident.
   * `isOver`: the incident is resolved.
   */
  acknowledgementOf(
    incidentId: number,
  ): Promise<
    | { readonly acknowledgement: Acknowledgement | undefined; readonly isOver: boolean }
    | { readonly refused: 'not_found' }
  >;
}

/**
 * Mutes and acknowledges. Each change is one transaction with an action that says who did it and an event about it. If
 * nothing was done, nothing is written. It changes no state, incident or period. Safe to be called concurrently. Each
 * method throws `unavailable` if the store cannot write.
 */
export interface MuteRecording {
  /** The terms must be valid: see `muteFaults`. */
  addMute(terms: MuteTerms, by: By): Promise<MuteOutcome>;

  /**
   * Gives other terms, and a new owner, to a mute that is not over. In a mute until in sync again, targets that left do
   * not come back.
   */
  changeMute(id: number, terms: MuteTerms, by: By): Promise<MuteOutcome>;

  /** Ends a mute now. A mute that is over stays unchanged. */
  endMute(id: number, by: By): Promise<MuteOutcome>;

  /** Ends the mutes whose time is over, or whose targets were all in sync again. Resolves to their number. */
  endMutesThatAreOver(): Promise<number>;

  /** Also replaces an acknowledgement by somebody else. */
  acknowledge(incidentId: number, note: string | undefined, by: By): Promise<AcknowledgementOutcome>;

  /** False if nobody works on the incident, or it is over. */
  endAcknowledgement(incidentId: number, by: By): Promise<boolean>;
}
