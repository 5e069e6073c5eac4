// What --on-reject asks for, around a sink whose server may reject messages.
#pragma once

#include "tools/logsend/dead_letter_sink.h"
#include "tools/logsend/endpoints.h"

namespace logsend {

// `open_sender` makes the sink, given what becomes of messages that the server rejects.
base::Result<Opened> open_rejecting(event::Loop& loop, const DeadLetterSink::OpenSender& open_sender,
                                    const SharedOptions& options, const base::Report& report);

}  // namespace logsend
