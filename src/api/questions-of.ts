import { ExpectationQuestions } from '../alerts/detect/expectation-questions.ts';
import { StandingExpectations } from '../alerts/detect/standing-expectations.ts';
import type { WatchSettings } from '../alerts/detect/watch-settings.ts';
import { AlertQuestions } from '../alerts/store/alert-questions.ts';
import { History } from '../history/query/history.ts';
import type { Table } from '../table/table.ts';

/** All that is asked of a table: its history, with what the expectations say of it and what was found in it. */
export function questionsOf(table: Table, settings: WatchSettings, now: () => number) {
  const alerts = new AlertQuestions(table);
  const standing = new StandingExpectations(table);
  const questions = new History(table, {
    expectations: () => standing.ifAny(now()),
    openAlerts: () => alerts.openByKey(),
  });
  return { questions, alerts, expectations: new ExpectationQuestions(table, settings) };
}
