#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "gallery/soft_hsm.hpp"
#include "seal/token_module.hpp"
#include "seal/token_objects.hpp"
#include "seal/token_register.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

const Bytes kOld{1, 2, 3};
const Bytes kNew{4, 5, 6};

ByteView pin() {
  static const std::string text = kPin;
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// An object for each test, as all share one token; functions of the module that a test exchanges
/// are put back.
struct AnchorInToken : ::testing::Test {
  void SetUp() override {
    if (!soft_hsm().is_there) GTEST_SKIP() << "absent: SoftHSM (Debian's softhsm2)";
    module = &seal::token_module(kModule);
    whole = *module;
  }
  void TearDown() override {
    if (module != nullptr) *module = whole;
  }

  TokenObject where(const std::string& token = "gate") const {
    return {kModule, token, label, kPin};
  }
  seal::TokenRegister reg() const { return {kModule, "gate", label, kPin}; }
  Gallery create(const Anchor& anchor) {
    return Gallery::create(path, {.model = campus.model, .key = campus.key, .anchor = anchor});
  }
  Gallery open(const Anchor& anchor) {
    return Gallery::open(path, {.key = campus.key, .anchor = anchor});
  }
  void copy(const std::string& from, const std::string& to) const {
    for (const char* suffix : {"", "-wal", ".keyset"}) {
      fs::remove(to + suffix);
      if (fs::exists(from + suffix)) fs::copy_file(from + suffix, to + suffix);
    }
  }

  seal::TokenSession session(seal::TokenAccess access = seal::TokenAccess::read_only) const {
    static std::atomic<bool> is_refused = false;
    return {*module, "gate", pin(), is_refused, access};
  }
  std::size_t num_objects() const {
    const seal::TokenSession reader = session();
    CK_OBJECT_CLASS data = CKO_DATA;
    std::string name = label;
    return seal::find_objects(reader,
                              {seal::attribute(CKA_CLASS, data), seal::attribute(CKA_LABEL, name)},
                              "counting")
        .size();
  }
  /// As another process would, or somebody who cannot log in.
  CK_RV plant(CK_SESSION_HANDLE writer, Bytes bytes, bool is_private = true) const {
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL hidden = is_private ? CK_TRUE : CK_FALSE;
    std::string name = label;
    std::string application = "morgiana anchor";
    CK_ATTRIBUTE wanted[] = {
        seal::attribute(CKA_CLASS, data),     seal::attribute(CKA_TOKEN, yes),
        seal::attribute(CKA_PRIVATE, hidden), seal::attribute(CKA_LABEL, name),
        seal::attribute(CKA_VALUE, bytes),    seal::attribute(CKA_APPLICATION, application)};
    CK_OBJECT_HANDLE handle = 0;
    return whole.C_CreateObject(writer, wanted, std::size(wanted), &handle);
  }

  Campus campus;
  std::string path = campus.folder / "g";
  std::string old = campus.folder / "old";
  std::string label =
      std::string("anchor ") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  CK_FUNCTION_LIST* module = nullptr;
  static CK_FUNCTION_LIST whole;
};

CK_FUNCTION_LIST AnchorInToken::whole{};

CK_RV is_gone(CK_SESSION_HANDLE, CK_OBJECT_HANDLE) {
  return CKR_DEVICE_REMOVED;
}
CK_RV is_full(CK_SESSION_HANDLE, CK_ATTRIBUTE*, CK_ULONG, CK_OBJECT_HANDLE*) {
  return CKR_DEVICE_MEMORY;
}

std::string said_by(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::anchor_failed);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST_F(AnchorInToken, RefusesAnOlderCopy) {
  const Anchor anchor = Anchor::token(where());
  EXPECT_EQ(anchor.name(), "anchor '" + label + "' of token 'gate'");
  create(anchor).enrol("ada", {campus.person()});
  copy(path, old);
  open(anchor).remove("ada");
  EXPECT_EQ(num_objects(), 1U);
  copy(path, campus.folder / "newest");
  copy(old, path);
  EXPECT_TRUE(Gallery::open(path, {campus.key}).contains("ada")) << "without the anchor";
  EXPECT_ERRC(open(anchor), Errc::rolled_back);
  EXPECT_ERRC(Gallery::follow(path, {.key = campus.key, .anchor = anchor}), Errc::rolled_back);
  copy(campus.folder / "newest", path);
  EXPECT_FALSE(open(anchor).contains("ada"));
  EXPECT_ERRC(campus.gallery.set_anchor(anchor), Errc::already_exists);
}

TEST_F(AnchorInToken, SaysWhatIsMissingAndChangesNothing) {
  const TokenObject right = where();
  TokenObject wrong_pin = right;
  wrong_pin.pin = "864209";
  TokenObject no_module = right;
  no_module.module = "/no/module.so";
  const Anchor wrong = Anchor::token(wrong_pin);
  const std::string refused = said_by([&] { create(wrong); });
  EXPECT_NE(refused.find("the PIN is wrong"), std::string::npos) << refused;
  EXPECT_EQ(refused.find("864209"), std::string::npos);
  const std::string again = said_by([&] { create(wrong); });
  EXPECT_NE(again.find("is not tried again"), std::string::npos) << again;
  const std::string absent = said_by([&] { create(Anchor::token(where("none"))); });
  EXPECT_NE(absent.find("there is no token 'none'"), std::string::npos) << absent;
  said_by([&] { create(Anchor::token(no_module)); });
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(num_objects(), 0U);
  create(Anchor::token(right)).close();
  said_by([&] { open(Anchor::token(wrong_pin)); });
  EXPECT_NO_THROW(open(Anchor::token(right)));
}

TEST_F(AnchorInToken, PulledOutTheChangeIsDurableAndTheNextOneMovesIt) {
  const Anchor anchor = Anchor::token(where());
  Gallery gallery = create(anchor);
  gallery.enrol("ada", {campus.person()});
  soft_hsm().take_away();
  const std::string said = said_by([&] { gallery.enrol("bob", {campus.person()}); });
  EXPECT_NE(said.find("is it plugged in"), std::string::npos) << said;
  EXPECT_NE(said.find("made and durable"), std::string::npos) << said;
  EXPECT_TRUE(gallery.contains("bob"));
  said_by([&] { Gallery::follow(path, {.key = campus.key, .anchor = anchor}); });
  copy(path, old);
  soft_hsm().put_back();
  gallery.remove("bob");
  gallery.close();
  EXPECT_EQ(open(anchor).stats().num_subjects, 1U);
  copy(old, path);
  EXPECT_ERRC(open(anchor), Errc::rolled_back);
}

TEST_F(AnchorInToken, PulledOutBetweenTheTwoStepsTheNewerOfTwoCounts) {
  const Anchor anchor = Anchor::token(where());
  create(anchor).close();
  copy(path, old);
  Gallery gallery = open(anchor);
  module->C_DestroyObject = is_gone;
  const std::string said = said_by([&] { gallery.enrol("ada", {campus.person()}); });
  EXPECT_NE(said.find("the token is gone"), std::string::npos) << said;
  gallery.close();  // as a crash would leave it
  EXPECT_EQ(num_objects(), 2U);
  EXPECT_TRUE(open(anchor).contains("ada"));
  copy(path, campus.folder / "newest");
  copy(old, path);
  EXPECT_ERRC(open(anchor), Errc::rolled_back);
  copy(campus.folder / "newest", path);
  module->C_DestroyObject = whole.C_DestroyObject;
  gallery = open(anchor);
  gallery.enrol("bob", {campus.person()});
  EXPECT_EQ(num_objects(), 1U);
}

TEST_F(AnchorInToken, FullItKeepsTheOldOne) {
  const Anchor anchor = Anchor::token(where());
  Gallery gallery = create(anchor);
  module->C_CreateObject = is_full;
  const std::string said = said_by([&] { gallery.enrol("ada", {campus.person()}); });
  EXPECT_NE(said.find("the token is full"), std::string::npos) << said;
  EXPECT_EQ(num_objects(), 1U);
  gallery.close();
  EXPECT_TRUE(open(anchor).contains("ada"));
}

TEST_F(AnchorInToken, DoesNotFillATokenThatDestroysNothing) {
  const Anchor anchor = Anchor::token(where());
  Gallery gallery = create(anchor);
  module->C_DestroyObject = is_gone;
  for (const char* subject : {"ada", "bob", "cid", "dee"}) {
    said_by([&] { gallery.enrol(subject, {campus.person()}); });
  }
  EXPECT_EQ(num_objects(), 2U);
}

TEST_F(AnchorInToken, WhatIsMadeWithoutThePinDoesNotCount) {
  const Anchor anchor = Anchor::token(where());
  create(anchor).close();
  copy(path, old);
  const Bytes older = reg().read();
  open(anchor).enrol("ada", {campus.person()});
  copy(old, path);
  CK_SESSION_HANDLE stranger = 0;
  CK_SLOT_ID slot = 0;
  {
    const seal::TokenSession known = session();
    CK_SESSION_INFO info;
    ASSERT_EQ(module->C_GetSessionInfo(known.get(), &info), CKR_OK);
    slot = info.slotID;
  }
  ASSERT_EQ(
      module->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &stranger),
      CKR_OK);
  Bytes planted{0xFF, 0, 0, 0, 0, 0, 0, 0};
  planted.insert(planted.end(), older.begin(), older.end());
  EXPECT_NE(plant(stranger, planted), CKR_OK) << "private";
  ASSERT_EQ(plant(stranger, planted, false), CKR_OK);
  module->C_CloseSession(stranger);
  EXPECT_ERRC(open(anchor), Errc::rolled_back);
}

TEST_F(AnchorInToken, IsSwappedOnlyWhereItHoldsWhatWasExpected) {
  const seal::TokenRegister held = reg();
  EXPECT_EQ(held.read(), Bytes());
  EXPECT_FALSE(held.compare_and_swap(kOld, kNew));
  EXPECT_TRUE(held.compare_and_swap({}, kOld));
  EXPECT_FALSE(held.compare_and_swap({}, kNew));
  EXPECT_EQ(held.read(), kOld);
  EXPECT_TRUE(held.compare_and_swap(kOld, kNew));
  EXPECT_EQ(held.read(), kNew);
  EXPECT_EQ(num_objects(), 1U);
}

/// What another process makes while ours is about to.
const AnchorInToken* other = nullptr;
CK_RV come_second(CK_SESSION_HANDLE session, CK_ATTRIBUTE* wanted, CK_ULONG count,
                  CK_OBJECT_HANDLE* handle) {
  EXPECT_EQ(other->plant(session, {2, 0, 0, 0, 0, 0, 0, 0, 9, 9}), CKR_OK);
  return AnchorInToken::whole.C_CreateObject(session, wanted, count, handle);
}

TEST_F(AnchorInToken, OfTwoThatMoveItAtOnceTheSecondStepsBack) {
  const seal::TokenRegister held = reg();
  ASSERT_TRUE(held.compare_and_swap({}, kOld));
  other = this;
  module->C_CreateObject = come_second;
  EXPECT_FALSE(held.compare_and_swap(kOld, kNew));
  module->C_CreateObject = whole.C_CreateObject;
  EXPECT_EQ(held.read(), (Bytes{9, 9}));
}

TEST_F(AnchorInToken, OfTwoOfOneAgeNeitherIsBelieved) {
  {
    const seal::TokenSession writer = session(seal::TokenAccess::read_write);
    ASSERT_EQ(plant(writer.get(), {7, 0, 0, 0, 0, 0, 0, 0, 1}), CKR_OK);
    ASSERT_EQ(plant(writer.get(), {7, 0, 0, 0, 0, 0, 0, 0, 2}), CKR_OK);
  }
  EXPECT_ERRC(reg().read(), Errc::token_failed);
  EXPECT_ERRC(reg().compare_and_swap({}, kNew), Errc::token_failed);
  EXPECT_EQ(num_objects(), 2U);
}

TEST_F(AnchorInToken, WhatIsNoAnchorIsNotTakenForOne) {
  {
    const seal::TokenSession writer = session(seal::TokenAccess::read_write);
    ASSERT_EQ(plant(writer.get(), {1, 2, 3}), CKR_OK);
  }
  EXPECT_ERRC(reg().read(), Errc::token_failed);
  EXPECT_ERRC(reg().compare_and_swap({}, kNew), Errc::token_failed);
}

CK_RV keeps_nothing(CK_SESSION_HANDLE, CK_ATTRIBUTE*, CK_ULONG, CK_OBJECT_HANDLE* handle) {
  *handle = 4711;
  return CKR_OK;
}

TEST_F(AnchorInToken, ATokenThatKeepsNothingIsNotBelieved) {
  const seal::TokenRegister held = reg();
  ASSERT_TRUE(held.compare_and_swap({}, kOld));
  module->C_CreateObject = keeps_nothing;
  EXPECT_ERRC(held.compare_and_swap(kOld, kNew), Errc::token_failed);
  EXPECT_EQ(held.read(), kOld);
}

TEST_F(AnchorInToken, IsMovedByManyThreadsWhoseKeyIsInTheTokenToo) {
  const Anchor anchor = Anchor::token(where());
  const KeySource key = KeySource::create_in_token({kModule, "gate", label, kPin});
  Gallery gallery = Gallery::create(path, {.model = campus.model, .key = key, .anchor = anchor});
  std::vector<Template> people;
  for (int i = 0; i < 16; ++i) people.push_back(campus.person());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < people.size(); i += 4) {
        EXPECT_NO_THROW(gallery.enrol(std::to_string(i), {people[i]}));
        if (t == 0) gallery.rotate_keys();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  gallery.close();
  EXPECT_EQ(num_objects(), 1U);
  gallery = Gallery::open(path, {.key = key, .anchor = anchor});
  EXPECT_EQ(gallery.stats().num_subjects, people.size());
}

}  // namespace
}  // namespace morgiana
