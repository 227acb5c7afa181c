import type { Acknowledgement, AcknowledgementRefusal } from '../domain/acknowledgement.ts';
import type { Actor } from '../domain/action.ts';
import type { Mute, MuteTerms } from '../domain/mute.ts';
import type { MuteRefusal } from '../domain/mute-plan.ts';

interface By {
  readonly actor: Actor;
}

/** What it came to to make, change or end a mute. */
export type MuteOutcome =
  | { readonly kind: 'done'; readonly mute: Mute }
  | { readonly kind: 'refused'; readonly reason: MuteRefusal };

/** What an acknowledgement came to. `isNew`: nobody worked on the incident before. */
export type AcknowledgementOutcome =
  | { readonly kind: 'done'; readonly acknowledgement: Acknowledgement; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly reason: AcknowledgementRefusal };

/** Reads mutes and acknowledgements, also those that are over. */
export interface MuteQueries {
  /** All mutes that are stored, the newest first. One that is over is stored for a year. */
  everyMute(): Promise<readonly Mute[]>;

  /** Undefined where there is none with that id. */
  muteById(id: number): Promise<Mute | undefined>;

  /**
   * The acknowledgement of an incident; undefined where nobody works on it. Refused where there is no such incident.
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
 * Mutes and acknowledges. Each change is written with an action that says who did it and an event that tells it, in one
 * transaction; where nothing was done, nothing is written. No state, incident or period changes by it. Safe to be called
 * concurrently. Each method throws `unavailable` where the store cannot write.
 */
export interface MuteRecording {
  /** The terms must be valid: see `muteFaults`. */
  addMute(terms: MuteTerms, by: By): Promise<MuteOutcome>;

  /** Gives a mute that is not over other terms, and a new owner. Until in sync again, targets that left do not come back. */
  changeMute(id: number, terms: MuteTerms, by: By): Promise<MuteOutcome>;

  /** Ends a mute now. One that is over stays as it is. */
  endMute(id: number, by: By): Promise<MuteOutcome>;

  /** Ends the mutes whose time is over, or whose targets were all in sync again. Resolves to how many. */
  endMutesThatAreOver(): Promise<number>;

  /** Also replaces the acknowledgement of another. */
  acknowledge(incidentId: number, note: string | undefined, by: By): Promise<AcknowledgementOutcome>;

  /** False where nobody works on the incident, or it is over. */
  endAcknowledgement(incidentId: number, by: By): Promise<boolean>;
}
