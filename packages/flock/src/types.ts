/** Anything that JSON can hold. Integers beyond 2^53 come as `bigint`. */
export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Members that the service sends and this version does not know stay where they are. */
interface Open {
  readonly [key: string]: unknown;
}

/** Known values, and whatever the service adds: it grows with every task family. */
export type TaskStatus = 'submission_phase' | 'finalized' | (string & {});
export type TaskType = 'training' | 'reinforcement_learning' | 'lora' | 'rl' | 'llm_judge' | (string & {});

/** What a task is about. The keys differ between one task asked for and the list. */
export interface TaskData extends Open {
  /** Link to the training set (JSONL), signed for one hour; only from `getTask`. It is a credential: do not log it. */
  readonly training_set_url?: string;
  readonly max_params?: number;
  readonly context_length?: number;
  readonly recommended_vram?: string;
  readonly dataset_s3_key?: string;
  readonly training_set_key?: string;
  readonly validation_set_key?: string;
  readonly final_validation_set_key?: string;
}

/** A task as the service sends it. Times are ISO 8601 without a zone and mean UTC: read them with `parseFlockTime`. */
export interface Task extends Open {
  readonly id: number;
  readonly title?: string;
  /** Plain text or HTML fragments. */
  readonly description?: string;
  readonly task_type?: TaskType;
  readonly status?: TaskStatus;
  readonly data?: TaskData | null;
  readonly duration_in_seconds?: number;
  readonly initialized_at?: string | null;
  readonly submission_phase_ends_at?: string | null;
  readonly final_validation_ends_at?: string | null;
  /** The winning model's repository once the task is finalized; only from `getTask`. */
  readonly final_link?: string | null;
}

/** Scores are null until validators report. Which direction is better depends on the task: the service does not say. */
export interface Submission extends Open {
  readonly link?: string | null;
  readonly submission_phase_score?: number | null;
  readonly final_validation_score?: number | null;
  /** ISO 8601 without a zone, UTC. */
  readonly submitted_at?: string | null;
}

/** One page of a list. `pages` is 0 when the list is empty. */
export interface Page<T> extends Open {
  readonly items: readonly T[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
  readonly pages: number;
}

/** One day of a statistic. */
export interface DailyCount extends Open {
  /** `YYYY-MM-DD`. */
  readonly time: string;
  readonly count: number;
}

export interface Achievements extends Open {
  readonly gold_medals?: number;
  readonly silver_medals?: number;
  readonly bronze_medals?: number;
  readonly total_participations?: number;
  readonly tasks?: readonly JsonValue[];
}

/** What a submission says about a model. */
export interface SubmissionData extends Open {
  readonly hg_repo_id: string;
  readonly base_model?: string;
  readonly gpu_type?: string;
  readonly revision?: string;
  readonly model_filename?: string;
}

/** The body of a submission. */
export interface SubmissionBody {
  readonly task_id: number;
  readonly data: SubmissionData;
}

/** The service's answer to a submission, of which no source promises anything. */
export interface StoredSubmission extends Open {
  readonly id?: number;
  readonly task_id?: number;
  readonly data?: SubmissionData;
}

/** Work for a validator. */
export interface Assignment extends Open {
  readonly id: number;
  readonly task_submission?: {
    readonly id?: number;
    readonly task_id?: number;
    readonly data?: SubmissionData;
  } & Open;
  readonly assigned_at?: string;
  readonly status?: 'validating' | (string & {});
  readonly data?: {
    readonly base_model?: string;
    readonly context_length?: number;
    readonly max_params?: number;
    /** Signed for one hour: a credential. */
    readonly validation_set_url?: string;
    readonly eval_args?: JsonValue;
  } & Open;
}

/** What a validator reports. Which keys count depends on the task: `loss` and `gpu_type`, `average_reward`, `score`, ... */
export type Metrics = Readonly<Record<string, number | string>>;
