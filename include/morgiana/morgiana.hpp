#pragma once

// The spine, in reading order: Template → Gallery → search → Decision.
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
#include "morgiana/policy_file.hpp"
#include "morgiana/migration.hpp"
