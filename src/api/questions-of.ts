import { CurrentExpectations } from '../alerts/detect/current-expectations.ts';
import type { DetectionSettings } from '../alerts/detect/detection-settings.ts';
import { ExpectationQuestions } from '../alerts/detect/expectation-questions.ts';
import { newcomersOf } from '../alerts/detect/newcomers.ts';
import { AlertQuestions } from '../alerts/store/alert-questions.ts';
import { History } from '../history/query/history.ts';
import { SealQuestions } from '../proof/seal-questions.ts';
import type { Table } from '../table/table.ts';

/** The questions about a table: its history with verdicts and open alerts, its alerts, and its expectations. */
export function questionsOf(table: Table, settings: DetectionSettings, now: () => number) {
  const alerts = new AlertQuestions(table);
  const current = new CurrentExpectations(table);
  const questions = new History(table, {
    expectations: () => current.judgeIfAny(now()),
    openAlerts: () => alerts.openByKey(),
    newcomers: (keyArn) => newcomersOf(table, keyArn, settings.learningMs),
  });
  return {
    questions,
    alerts,
    expectations: new ExpectationQuestions(table, settings),
    seals: new SealQuestions(table),
  };
}
