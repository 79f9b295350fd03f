import type { TrailSelectors } from '../cloudtrail/trail-selectors.ts';
import type { Looked } from './looked.ts';

/** A trail as the Region that is looked at knows it: also shadows of other Regions' and organisations' trails. */
export interface Trail {
  readonly name: string;
  readonly arn: string;
  readonly homeRegion: string;
  readonly isMultiRegion: boolean;
  readonly isLogging: Looked<boolean>;
  readonly selectors: Looked<TrailSelectors>;
}
