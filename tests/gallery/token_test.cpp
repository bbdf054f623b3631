#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "gallery/soft_hsm.hpp"
#include "seal/token.hpp"
#include "seal/token_module.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

TokenOptions key_named(const std::string& label) {
  return {kModule, "gate", label, kPin};
}

/// A key for each test, as all share one token.
class Token : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!soft_hsm().is_there) GTEST_SKIP() << "absent: SoftHSM (Debian's softhsm2)";
  }

  std::string label_ =
      std::string("key of ") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(Token, OpensWhatItMade) {
  Campus campus;
  const std::string path = campus.folder / "g";
  const KeySource key = KeySource::create_in_token(key_named(label_));
  EXPECT_EQ(key.name(), "key '" + label_ + "' of token 'gate'");
  {
    Gallery gallery = Gallery::create(path, {campus.model, key});
    gallery.enrol("ada", {campus.person()});
    EXPECT_EQ(gallery.rotate_keys().num_rewrapped, 1U);
  }
  EXPECT_TRUE(Gallery::open(path, {KeySource::token(key_named(label_))}).contains("ada"));
  EXPECT_ERRC(Gallery::open(path, {campus.key}), Errc::wrong_key);
  const KeySource other = KeySource::create_in_token(key_named(label_ + " 2"));
  EXPECT_ERRC(Gallery::open(path, {other}), Errc::wrong_key);
  Gallery::change_key(path, key, other);
  EXPECT_TRUE(Gallery::open(path, {other}).contains("ada"));
  EXPECT_ERRC(Gallery::open(path, {key}), Errc::wrong_key);
}

TEST_F(Token, SaysWhatItLacks) {
  Campus campus;
  const auto create = [&](const TokenOptions& options) {
    Gallery::create(campus.folder / "g", {campus.model, KeySource::token(options)});
  };
  EXPECT_ERRC(create({"/no/module.so", "gate", label_, kPin}), Errc::token_failed);
  EXPECT_ERRC(create({"/etc/hostname", "gate", label_, kPin}), Errc::token_failed);
  EXPECT_ERRC(create({kModule, "no such token", label_, kPin}), Errc::token_failed);
  EXPECT_ERRC(create(key_named("no such key")), Errc::token_failed);
  EXPECT_ERRC(create({kModule, "gate", label_, "864209"}), Errc::token_failed);
  EXPECT_FALSE(fs::exists(campus.folder / "g"));
  try {
    create({kModule, "gate", label_, "864209"});
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("the PIN is wrong"), std::string::npos) << message;
    EXPECT_EQ(message.find("864209"), std::string::npos);
  }
}

TEST_F(Token, IsNotAskedAgainWithAPinThatItRefused) {
  KeySource::create_in_token(key_named(label_));
  const KeySource wrong = KeySource::token({kModule, "gate", label_, "864209"});
  Campus campus;
  for (const char* said : {"the PIN is wrong", "is not tried again", "is not tried again"}) {
    try {
      Gallery::create(campus.folder / "g", {campus.model, wrong});
      ADD_FAILURE() << "made with a wrong PIN";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::token_failed);
      EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
    }
  }
}

TEST_F(Token, MakesAKeyOnceAndShowsItToNobody) {
  KeySource::create_in_token(key_named(label_));
  EXPECT_ERRC(KeySource::create_in_token(key_named(label_)), Errc::already_exists);
  CK_FUNCTION_LIST& module = seal::token_module(kModule);
  const std::string pin = kPin;
  std::atomic<bool> is_refused = false;
  const seal::TokenSession session(module, "gate",
                                   {reinterpret_cast<const std::uint8_t*>(pin.data()), pin.size()},
                                   is_refused, seal::TokenAccess::read_only);
  std::string label = label_;
  CK_ATTRIBUTE wanted{CKA_LABEL, label.data(), label.size()};
  CK_OBJECT_HANDLE key = 0;
  CK_ULONG count = 0;
  ASSERT_EQ(module.C_FindObjectsInit(session.get(), &wanted, 1), CKR_OK);
  ASSERT_EQ(module.C_FindObjects(session.get(), &key, 1, &count), CKR_OK);
  module.C_FindObjectsFinal(session.get());
  ASSERT_EQ(count, 1U);
  std::array<std::uint8_t, 64> value;
  CK_ATTRIBUTE secret{CKA_VALUE, value.data(), value.size()};
  EXPECT_EQ(module.C_GetAttributeValue(session.get(), key, &secret, 1), CKR_ATTRIBUTE_SENSITIVE);
}

TEST_F(Token, PulledOutStopsRotationAndNothingElse) {
  Campus campus;
  const std::string path = campus.folder / "g";
  const KeySource key = KeySource::create_in_token(key_named(label_));
  Gallery gallery = Gallery::create(path, {campus.model, key});
  gallery.enrol("ada", {campus.person()});
  soft_hsm().take_away();
  EXPECT_ERRC(gallery.rotate_keys(), Errc::token_failed);
  EXPECT_ERRC(Gallery::change_key(path, key, campus.key), Errc::token_failed);
  EXPECT_ERRC(Gallery::follow(path, {key}), Errc::token_failed);
  gallery.enrol("bob", {campus.person()});
  EXPECT_TRUE(gallery.contains("ada"));
  soft_hsm().put_back();
  EXPECT_EQ(gallery.rotate_keys().num_rewrapped, 2U);
  gallery.close();
  EXPECT_EQ(Gallery::open(path, {key}).stats().num_subjects, 2U);
}

TEST_F(Token, IsAskedByManyAtOnce) {
  const KeySource key = KeySource::create_in_token(key_named(label_));
  Campus campus;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, path = campus.folder / ("g" + std::to_string(t))] {
      Gallery::create(path, {campus.model, key}).close();
      for (int i = 0; i < 5; ++i) EXPECT_NO_THROW(Gallery::open(path, {key}));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Token, OfTwoWithOneNameNeitherIsTaken) {
  ASSERT_TRUE(SoftHsm::add_token("twin") && SoftHsm::add_token("twin"));
  EXPECT_ERRC(KeySource::create_in_token({kModule, "twin", label_, kPin}), Errc::token_failed);
}

}  // namespace
}  // namespace morgiana
