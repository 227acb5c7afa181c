/** What the plugin's backend reads of a query. A saved one may have anything, so the texts are not narrowed. */
export interface PluginQuery {
  readonly refId: string;
  readonly parser?: string | undefined;
  readonly format: string;
  readonly url: string;
  readonly root_selector: string;
  readonly columns: readonly Column[];
  readonly url_options: {
    readonly method: string;
    readonly params: readonly Pair[];
    readonly headers: readonly Pair[];
  };
}

export interface Column {
  readonly selector: string;
  readonly text: string;
  readonly type: string;
}

export interface Pair {
  readonly key: string;
  readonly value: string;
}
