import { type Frame, Page } from './layout.tsx';

/** An error, in the words of the API. */
export interface PageError {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** To find an internal error in the log. */
  readonly requestId: string | undefined;
}

export function errorPage({ status, title, detail, requestId }: PageError, frame: Frame) {
  return (
    <Page frame={frame} title={title} isLive={false}>
      <h1>
        {status}: {title}
      </h1>
      <p>{detail}</p>
      {requestId === undefined ? null : (
        <p>
          Request <code>{requestId}</code>
        </p>
      )}
      <p>
        <a href="/">Back to the fleet</a>
      </p>
    </Page>
  );
}
