// The generated messages and services as they are on the wire, for those who need the raw form.

export * from '../gen/google/rpc/error_details_pb.js';
export * from '../gen/google/rpc/status_pb.js';
export * from '../gen/grpc/health/v1/health_pb.js';
export * from '../gen/soma/rpc/balance_change_pb.js';
export * from '../gen/soma/rpc/checkpoint_contents_pb.js';
export * from '../gen/soma/rpc/checkpoint_pb.js';
export * from '../gen/soma/rpc/checkpoint_summary_pb.js';
export * from '../gen/soma/rpc/effects_pb.js';
export * from '../gen/soma/rpc/epoch_pb.js';
export * from '../gen/soma/rpc/error_reason_pb.js';
export * from '../gen/soma/rpc/executed_transaction_pb.js';
export * from '../gen/soma/rpc/execution_status_pb.js';
export * from '../gen/soma/rpc/ledger_service_pb.js';
export * from '../gen/soma/rpc/object_pb.js';
export * from '../gen/soma/rpc/object_reference_pb.js';
export * from '../gen/soma/rpc/owner_pb.js';
export * from '../gen/soma/rpc/protocol_config_pb.js';
export * from '../gen/soma/rpc/signature_pb.js';
export * from '../gen/soma/rpc/signature_scheme_pb.js';
export * from '../gen/soma/rpc/state_service_pb.js';
export * from '../gen/soma/rpc/subscription_service_pb.js';
export * from '../gen/soma/rpc/system_state_pb.js';
export * from '../gen/soma/rpc/transaction_execution_service_pb.js';
export * from '../gen/soma/rpc/transaction_fee_pb.js';
export * from '../gen/soma/rpc/transaction_pb.js';
