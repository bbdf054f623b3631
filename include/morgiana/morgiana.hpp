#pragma once

// The spine, in reading order: Template → Gallery → search → Decision → Receipt.
#include "morgiana/error.hpp"
#include "morgiana/types.hpp"
#include "morgiana/subject_id.hpp"
#include "morgiana/template.hpp"
#include "morgiana/keys.hpp"
#include "morgiana/anchor.hpp"
#include "morgiana/execution.hpp"
#include "morgiana/gallery.hpp"
#include "morgiana/search.hpp"
#include "morgiana/decision.hpp"
#include "morgiana/migration.hpp"
#include "morgiana/receipt.hpp"
#include "morgiana/nonce_store.hpp"
#include "morgiana/receipt_log.hpp"
