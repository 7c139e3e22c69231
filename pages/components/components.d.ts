// What travels between Python and the dashboard's scripts, for the type checker alone: nothing here runs or ships.

/** A thumbnail with what stands under it; `core/answers/image/tiles.py` makes it. Texts are plain text. */
interface TileData {
  key: string;
  source: string;
  width: number;
  height: number;
  given: string;
  predicted: string;
  suggested: string;
  wrong: boolean | null;
  trained_on: boolean;
  score: string;
  percentile: string;
  note?: string;
  more?: string;
}

interface TileGroup { title: string; tone: string; note: string; tiles: TileData[] }
interface TileBand { title: string; note: string; groups: TileGroup[] }

/** One sheet of the light table. elements: made once in the browser, and kept with it. */
interface SheetData { range: string; bands: TileBand[]; elements?: HTMLElement[] }
interface BulkSheet { range: string; tiles: TileData[]; elements?: HTMLElement[] }

interface LightTableData {
  signature: string;
  page: number;
  pages: number;
  sequence: number;
  tile: number;
  sheets: Record<string, SheetData>;
}

/** Something for the journal, before it is numbered. kind: decision, resolve, bulk, undo, redo, tag. */
interface Item {
  kind: string;
  key?: string;
  keys?: string[];
  verdict?: string;
  label?: string;
  second_label?: string;
  reviewer?: string;
  [more: string]: unknown;
}

/** An item under its number, as it lies in the outbox until the journal has it. time: milliseconds since 1970. */
interface SentItem extends Item { audit: string; nonce: string; number: number; time: number }

/** What became of an item. status: saved, conflict, refused, … */
interface Outcome { nonce: string; number: number; status: string; text: string; key?: string }

/** What was sent from this page, with what became of it so far. */
interface Mark extends SentItem { at: number; status: string; text?: string; about?: string }

/** What every component that decides is given. */
interface DeskData {
  audit: string;
  signature: string;
  classes?: string[];
  classes_version: string | number;
  fixed: string;
  outcomes: Outcome[];
  answered: string;
  trouble: string;
  progress: string;
  ended: string;
  [more: string]: any;
}

type SetState = (name: string, value: unknown) => void;

/** What Streamlit hands a component. */
interface Component<Data> {
  data: [Data];
  parentElement: HTMLElement;
  setStateValue: SetState;
  setTriggerValue: SetState;
}

interface Window {
  hardlookAsksBeforeLeaving?: boolean;
  hardlookDesks?: WeakMap<HTMLElement, any>;
}
